"""The lab drawer and the gallery of labs."""
