"use strict";

SwaggerUIBundle({
  url: "openapi.json",
  dom_id: "#swagger-ui",
  deepLinking: true,
  // No validator of a foreign host looks at the document.
  validatorUrl: null,
});
