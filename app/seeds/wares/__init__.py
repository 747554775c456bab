"""What the demo's three shops sell: forty products in the sellers' own words, one file per shop."""
