"""How fast the desk is and what it costs, beside the floors of its machine: ``python -m benchmarks``.

client     a closed loop of senders over raw HTTP/1.1    processes  the programs under test, what they use
floors     the programs that the desk is compared with   places     a database for each desk
loads      measures under load                           ageing     long conversations, full databases
starting   time to ready, memory, imports                figures    what was measured, and the bars
report     tables, JSON, docs/benchmarks.md
"""
