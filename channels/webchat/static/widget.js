// What a page loads: <script src="https://desk.example.com/webchat/widget.js" async></script>, for <frontdesk-chat>.
// The rest comes as modules from the same place, so that nothing holds up the page.

import(new URL("element.js", document.currentScript.src)).catch((error) => console.error("The chat cannot be loaded.", error));
