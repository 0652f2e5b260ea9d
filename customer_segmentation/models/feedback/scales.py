


# The topics with stars, by the field that holds the answer.
TOPICS = {
    "product_rating": "product",
    "service_rating": "service",
    "delivery_rating": "delivery",
    "price_rating": "price",
}


FIVE_POINTS = (*TOPICS, "csat")


ANSWERS = (*FIVE_POINTS, "nps")


LOW_SCORE = 50  # an answer below is a dissatisfied one: DEFINITIONS, "Satisfaction"


# "0" is what the widget with the stars writes when a star is taken back; it is never stored.
STARS = [
    ("0", "No answer"),
    ("1", "Very dissatisfied"),
    ("2", "Dissatisfied"),
    ("3", "Neither nor"),
    ("4", "Satisfied"),
    ("5", "Very satisfied"),
]


def five_point_score(answer):
    """Score of 0–100 of an answer of 1–5."""
    return (float(answer) - 1) * 25
