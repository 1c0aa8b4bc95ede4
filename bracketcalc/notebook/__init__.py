"""The notebook extension: ``%load_ext bracketcalc`` brings ``%%bracket`` and tab completion of symbols."""
