from flask import Blueprint

blueprint = Blueprint("stripe_onboarding", __name__)
