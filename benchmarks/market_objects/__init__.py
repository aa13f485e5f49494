"""The whole market as objects, the way one writes it without a compiler: the same equations, the same record."""
