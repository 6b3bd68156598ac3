"""The parts of bench/run: each measures one thing against servers it starts and ends itself."""
