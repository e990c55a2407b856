"""The most frequent words of some languages: they tell the languages apart, and little else."""

SMALL_WORDS = {
    "en": "the a an and or of to in on at is are was were be been am i you he she it we they my your"
    " his her our their me"
    " this that these those what which who how when where why can could will would should do does"
    " did have has had not no"
    " yes please thanks thank hello hi hey with for from by about if but there here i'm it's can't"
    " don't need want get got",
    "de": "der die das den dem des ein eine einen einem einer und oder aber von zu zum zur im ist"
    " sind war waren bin bist"
    " ich du er sie es wir ihr mein meine meinen meiner dein ihre unser mich mir dich dir uns was"
    " welche wer wie wann wo"
    " warum wieso kann könnte können will würde möchte soll muss habe hat haben hatte nicht kein"
    " keine keinen ja nein bitte"
    " danke hallo guten mit für auf aus bei nach über unter wenn dass da hier noch schon auch nur"
    " brauche geht gibt um vor seit als wird werden wurde doch mal sehr habt euch euer eure diese dieser"
    " dieses jetzt immer ob beim vom ins nächsten nächste letzten letzte halb viertel",
    "fr": "le la les un une des du de et ou mais est sont était je tu il elle nous vous ils elles"
    " mon ma mes votre notre ce"
    " cette ces que qui quoi comment quand où pourquoi peux pouvez veux voudrais suis ai avez pas"
    " non oui merci bonjour"
    " s'il avec pour dans sur par j'ai c'est n'ai commande compte mot passe oublié remboursement facture livraison"
    " colis abonnement annuler aide salut problème",
    "es": "el la los las un una unos de y o pero es son era soy yo tú él ella nosotros usted ustedes"
    " mi mis su este esta que"
    " quién cómo cuándo dónde puedo puede quiero quisiera tengo tiene no sí gracias hola por para"
    " con en mi necesito está pedido cuenta contraseña olvidada reembolso factura envío paquete suscripción"
    " cancelar ayuda problema cuánto",
    "it": "il lo la gli le un una di e o ma è sono era io tu lui lei noi voi mio mia questo questa"
    " che chi come quando dove"
    " perché posso può voglio vorrei ho hai ha non sì grazie ciao per con su mi del della nel ordine rimborso fattura"
    " spedizione pacco abbonamento annullare aiuto problema quanto",
    "nl": "de het een en of maar is zijn was ik jij je hij zij wij jullie mijn uw ons dit dat deze"
    " die wat wie hoe wanneer waar"
    " waarom kan kunt wil zou heb heeft hebben niet geen ja nee bedankt dank hallo met voor op van"
    " naar bij graag bestelling wachtwoord vergeten terugbetaling factuur pakket abonnement opzeggen hoeveel",
    "pt": "o os um uma de e ou mas é são era eu tu ele ela nós você vocês meu minha este esta isso"
    " que quem como quando onde"
    " posso pode quero gostaria tenho tem não sim obrigado obrigada olá por para com em no na do da",
    "pl": "i w z na do nie jest są był ja ty on ona my wy mój moja to ten ta co kto jak kiedy gdzie"
    " dlaczego mogę chcę mam"
    " proszę dziękuję cześć dzień dobry dla od przez czy się",
}  # fmt: skip
"""Language -> words."""

ALL_SMALL_WORDS = frozenset(word for words in SMALL_WORDS.values() for word in words.split())
