"""URLs of the live test's shop: its API alone."""

from django.urls import include, path

urlpatterns = [path("api/", include("oscarapi.urls"))]
