from . import customer_segmentation_membership
