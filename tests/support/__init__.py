"""What the tests share; no folder of tests imports from another one.

================= ==================================================================================
server            the fake server: plain sockets, any answer
transfers         how an answer travels: whole, slowly, broken off
tenants           answers for several accounts, from sandboxes, by token; faults of whole services
cases             one table of all loaders, with an honest answer and the expected columns of each
rows, columns     rows and answers as the services send them; columns and dtypes as documented
bodies            bodies that the vendors' documents print, byte for byte
fixtures          the fixtures of all folders that load: a server, a cache folder, each loader in turn
loaders           every public loader by name, short ways to connect and to compare
cache_files       the cache as a stranger finds it: its files, their bytes, their age
commands          the command line, in the test's process or in one of its own
processes         Python processes with an environment of their own
secrets           whether a credential is in what was shown
secret_scan       a search of logs, files, tracebacks and live objects for a secret
privileges        root without the rights of root, for tests of file modes
frames            hand-made frames, with the columns and dtypes that loaders return
explorer_frames   hand-made frames for the explorer, with hostile text
reviews           frames for findings, from a few words per row
report_inputs     frames for reports: of a sandbox, and hostile ones
report_text       a report as its reader sees it: tables, texts, links
front_ends        JupyterLab, Notebook 7 and Voila
jupyter           a Jupyter server of a test's own
notebook_page     an open notebook in a browser: its cells, and the explorer in it
infer_string_off  a plugin of pytest: pandas infers ``object`` for text
mutants           a measure of the tests themselves
================= ==================================================================================
"""
