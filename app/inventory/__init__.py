"""Stock that never oversells: locations, levels, movements, reservations.

Owns: locations, stock_levels, stock_movements, reservations. Emits: StockChanged. Listens: nothing.
"""
