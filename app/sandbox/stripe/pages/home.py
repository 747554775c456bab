from flask import Blueprint

blueprint = Blueprint("stripe_home", __name__)
