"""What the tests share; no folder of tests imports from another one.

============= ======================================================================================
server        the fake server: plain sockets, any answer
transfers     how an answer travels: whole, slowly, broken off
tenants       answers for several accounts, from sandboxes, by token; faults of whole services
cases         one table of all loaders, with an honest answer and the expected columns of each
rows, columns rows and answers as the services send them; columns and dtypes as documented
bodies        bodies that the vendors' documents print, byte for byte
fixtures      the fixtures of all folders that load: a server, a cache folder, each loader in turn
loaders       every public loader by name, short ways to connect and to compare
secrets       whether a credential is in what was shown
secret_scan   a search of logs, files, tracebacks and live objects for a secret
privileges    root without the rights of root, for tests of file modes
processes     Python processes with an environment of their own
cache_files   the cache as a stranger finds it: its files, their bytes, their age
mutants       a measure of the tests themselves
============= ======================================================================================
"""
