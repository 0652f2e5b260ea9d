from . import customer_segmentation_membership
from . import customer_segmentation_migration
from . import customer_segmentation_standards
