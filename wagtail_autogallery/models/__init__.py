"""
The tables of this app and their verbs.

None of them has a foreign key to an image, a page or a collection: the image and page models are
the site's choice, and a swapped model must not reach our migrations. Between our own tables there
are no constraints either, because checking one takes a lock on the row that it points to, and a
run must not wait for an editor's transaction.
"""

from wagtail_autogallery.models.announcements import Announcement as Announcement
from wagtail_autogallery.models.announcements import AnnouncementQuerySet as AnnouncementQuerySet
from wagtail_autogallery.models.announcements import Errand as Errand
from wagtail_autogallery.models.announcements import ErrandQuerySet as ErrandQuerySet
from wagtail_autogallery.models.arrivals import Arrival as Arrival
from wagtail_autogallery.models.arrivals import ArrivalQuerySet as ArrivalQuerySet
from wagtail_autogallery.models.deliveries import FATE as FATE
from wagtail_autogallery.models.deliveries import Delivery as Delivery
from wagtail_autogallery.models.deliveries import DeliveryQuerySet as DeliveryQuerySet
from wagtail_autogallery.models.drains import By as By
from wagtail_autogallery.models.drains import Drain as Drain
from wagtail_autogallery.models.drains import DrainManager as DrainManager
from wagtail_autogallery.models.drains import Lease as Lease
from wagtail_autogallery.models.drains import LeaseQuerySet as LeaseQuerySet
from wagtail_autogallery.models.holders import HOLDERS_PER_PAGE as HOLDERS_PER_PAGE
from wagtail_autogallery.models.holders import HolderKey as HolderKey
from wagtail_autogallery.models.holders import OfHolders as OfHolders
from wagtail_autogallery.models.holders import OfOneHolder as OfOneHolder
from wagtail_autogallery.models.holders import save_columns as save_columns
from wagtail_autogallery.models.notices import MailRefusal as MailRefusal
from wagtail_autogallery.models.notices import MailRefusalQuerySet as MailRefusalQuerySet
from wagtail_autogallery.models.notices import Notice as Notice
from wagtail_autogallery.models.notices import NoticeQuerySet as NoticeQuerySet
from wagtail_autogallery.models.pictures import RenditionFailure as RenditionFailure
from wagtail_autogallery.models.runs import Run as Run
from wagtail_autogallery.models.runs import RunManager as RunManager
from wagtail_autogallery.models.subscriptions import FIRST_RETRY as FIRST_RETRY
from wagtail_autogallery.models.subscriptions import LONGEST_RETRY as LONGEST_RETRY
from wagtail_autogallery.models.subscriptions import MOST_PERIODS as MOST_PERIODS
from wagtail_autogallery.models.subscriptions import Start as Start
from wagtail_autogallery.models.subscriptions import Subscription as Subscription
from wagtail_autogallery.models.subscriptions import SubscriptionQuerySet as SubscriptionQuerySet
from wagtail_autogallery.models.wishes import Wish as Wish
from wagtail_autogallery.models.wishes import WishQuerySet as WishQuerySet
