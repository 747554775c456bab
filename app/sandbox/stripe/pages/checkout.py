from flask import Blueprint

blueprint = Blueprint("stripe_checkout", __name__)
