"""What is for sale: shops, products, options and variants, prices, pictures, files, delivery zones, discounts.

Owns: shops, categories, products, product_options, variants, media, files, uploads, delivery_zones, delivery_rates, discounts,
discount_uses. Emits: ProductListed, ProductChanged, FileAdded, UploadSettled,
PictureReady. Listens: nothing.
"""
