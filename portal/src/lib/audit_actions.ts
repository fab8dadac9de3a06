/** The actions that the audit record of a tenant names. A test compares them with the platform's code. */

const VERBS: Record<string, readonly string[]> = {
  api_token: ["create", "new_address", "refuse", "reissue", "revoke", "rotate"],
  approval: ["decide", "link", "notify"],
  backtest: ["abort", "start"],
  breaker: ["set"],
  budget: ["delete", "reject", "set"],
  bulk: ["abort", "end", "start"],
  delivery: ["redeliver"],
  effect: ["resolve"],
  event: ["replay", "reveal_payload"],
  event_type: ["create", "delete", "update"],
  failure_group: ["reopen", "resolve"],
  invitation: ["accept", "create", "renew", "resend", "revoke"],
  job: ["redrive"],
  mail: ["repeat"],
  member: ["change_role", "leave", "remove"],
  notice_policy: ["save"],
  person: ["change_password", "sign_in_failed"],
  restored: ["release"],
  retention: ["hold", "release", "save"],
  rule: ["create", "delete", "pause", "resume", "update"],
  run: ["cancel", "pause", "resume", "retry"],
  saved_view: ["delete", "save"],
  schedule: ["create", "delete", "pause", "resume", "run", "update"],
  secret: ["create", "delete", "delete_version", "set", "update"],
  source: ["create", "delete", "disable", "enable", "refuse_webhook", "update"],
  tenant: ["create", "delete_cancel", "delete_request", "export", "pause", "resume", "suspend", "update"],
  vault: ["rotate"],
  webhook_endpoint: ["create", "delete", "disable", "update"],
  workflow: ["archive", "create", "delete", "pause", "publish", "resume", "roll_back", "run", "test", "unarchive", "update"],
};

/** Each noun with all its verbs, as `workflow.*`, and each action. */
export const AUDIT_ACTIONS: readonly string[] = Object.entries(VERBS).flatMap(([noun, verbs]) => [`${noun}.*`, ...verbs.map((verb) => `${noun}.${verb}`)]);
