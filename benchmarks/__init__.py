"""What the desk costs and how fast it is, beside the floors of the machine it runs on: ``python -m benchmarks``.

client     a closed loop of senders over raw HTTP/1.1    processes  the programs under test and what they use
floors     the programs that the desk is compared with   places     a database for each desk
loads      measures under load                           ageing     long conversations, full databases
starting   time to ready, memory, imports                figures    what was measured, and the bars
report     tables, JSON, docs/benchmarks.md
"""
