"""URLs of the live test's help desk."""

from django.urls import include, path

urlpatterns = [path("helpdesk/", include("helpdesk.urls"))]
