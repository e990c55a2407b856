"""Checking authored files: pure functions from what was read to findings, all of them at once.

places      where things stand in a file              forms, records, grammar, parts   the shape of each thing
authored    all files together, and what is declared twice
references  names                                     arguments     what is handed over
paths       what is read on every path                ends          that no conversation ends without a word
structure   how steps may stand together              graph         flows that reach one another
"""
