"""Loading: what a service offers is declared, and its loaders plan and run a load."""
