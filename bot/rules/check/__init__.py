"""Checking authored files: pure functions from what was read to findings, all of them at once.

places, report                    where things stand, and collecting what is found
forms, records, grammar, parts    the shape of each thing in a file
authored, world, walk             all files together, what the checks share, the steps of a flow
references, arguments, literals   names, and what is handed over
paths, state, reads, scope        what is read on every path (conditions, cases, comparing, outputs, schemas help)
ends, structure, graph            no end without a word, steps that fit together, flows that reach one another
formats, declarations, prompts, intents, twins   the rest, by what it is about
desk                              all of them, one after the other
"""
