"""Floor 2: the tables and how they are read and written. One file per aggregate; statements take a connection."""
