{
    "name": "Customer Segmentation: Example of Its Hooks",
    "summary": "Visits of customers hang on the hooks of customer segmentation",
    "version": "17.0.1.0.0",
    "category": "Sales/CRM",
    "license": "LGPL-3",
    "author": "Customer Segmentation contributors",
    "depends": ["customer_segmentation"],
    "data": ["security/ir.model.access.csv"],
}
