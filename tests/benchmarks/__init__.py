"""How fast pmframes is beside what people write today: ``python -m tests.benchmarks``."""
