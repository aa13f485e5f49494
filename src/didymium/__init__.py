"""didymium: the rare-earth supply chain, executable."""

__version__ = "0.1.0"
