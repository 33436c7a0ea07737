"""The Blob service, as far as uploads and downloads of the SDKs use it
(https://learn.microsoft.com/rest/api/storageservices/blob-service-rest-api)."""
