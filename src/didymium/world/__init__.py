"""Facts with a memory: tables, sources, beliefs."""

from didymium.world.belief import Belief, Choice, Figure
from didymium.world.quantities import belief
from didymium.world.reader import Row, Table
from didymium.world.world import ELEMENTS, WORLD, World, load_world

__all__ = ["ELEMENTS", "WORLD", "Belief", "Choice", "Figure", "Row", "Table", "World", "belief", "load_world"]
