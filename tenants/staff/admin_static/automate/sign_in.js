// Signs in through the installation's own API, and then opens the page that was wanted.
"use strict";

const form = document.getElementById("sign-in");
const refusal = document.getElementById("refusal");
const API = "/account/browser/v1/auth/";
let needsCode = false;

function say(text) {
  refusal.textContent = text;
  refusal.hidden = false;
}

async function post(path, body) {
  const response = await fetch(API + path, {
    method: "POST",
    credentials: "same-origin",
    headers: { "Content-Type": "application/json", "X-CSRFToken": form.elements.csrfmiddlewaretoken.value },
    body: JSON.stringify(body),
  });
  const answer = await response.json().catch(() => ({}));
  return { status: response.status, answer };
}

function messageOf(answer) {
  const errors = answer.errors || [];
  return errors.map((one) => one.message).join(" ") || answer.message || "Signing in failed. Try again.";
}

function wantsCode(answer) {
  const flows = (answer.data && answer.data.flows) || [];
  return flows.some((flow) => flow.id === "mfa_authenticate" && flow.is_pending);
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  refusal.hidden = true;
  try {
    const { status, answer } = needsCode
      ? await post("2fa/authenticate", { code: form.elements.code.value.trim() })
      : await post("login", { email: form.elements.email.value.trim(), password: form.elements.password.value });
    if (status === 200) {
      window.location.assign(form.dataset.next);
    } else if (status === 401 && wantsCode(answer)) {
      needsCode = true;
      for (const row of form.querySelectorAll("[data-part]")) {
        row.hidden = row.dataset.part !== "code";
        row.querySelector("input").required = row.dataset.part === "code";
      }
      form.elements.code.focus();
    } else {
      say(messageOf(answer));
    }
  } catch {
    say("The server cannot be reached. Try again.");
  }
});
