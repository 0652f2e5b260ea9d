"""What segments can mean to the application, whatever they are called."""

#: What a dimension can tell, and by which meanings of its segments it does.
MEANINGS = {
    "lifecycle": {
        "prospect": "Prospect",
        "new": "New customer",
        "active": "Active",
        "at_risk": "At risk",
        "dormant": "Dormant",
        "lost": "Lost",
        "won_back": "Won back",
    },
    "value": {
        "key": "Key customer",
        "important": "Important customer",
        "small": "Small customer",
        "no_sales": "No sales",
    },
}
