package normal

// The API's own routes, relative to their prefix. A word in braces is a
// placeholder; alternatives in parentheses save lines: "/a(|/b|/c)/d" is /a/d,
// /a/b/d and /a/c/d. Older variants that still stand in docs and logs are here too.

// managedRoutes are relative to /api/v1/cloud, /v1 or nothing.
var managedRoutes = []string{
	"/agents",
	"/agents/{agent_id}(|/archive|/versions)",
	"/environments",
	"/environments/{environment_id}(|/archive)",
	"/environments/{environment_id}/work(|/poll|/stats)",
	"/environments/{environment_id}/work/{work_id}(|/ack|/heartbeat|/stop)",
	"/sessions",
	"/sessions/{session_id}(|/archive|/cancel|/events|/events/stream|/resources|/threads)",
	"/sessions/{session_id}/resources/{resource_id}",
	"/sessions/{session_id}/threads/{thread_id}(|/archive|/events|/stream)",
	"/deployments",
	"/deployments/{deployment_id}(|/archive|/pause|/unpause|/run|/runs)",
	"/deployments/{deployment_id}/runs/{run_id}",
	"/deployment_runs",
	"/deployment_runs/{run_id}",
	"/dreams",
	"/dreams/{dream_id}(|/archive|/cancel)",
	"/files",
	"/files/{file_id}(|/content)",
	"/skills",
	"/skills/{skill_id}(|/versions)",
	"/skills/{skill_id}/versions/{version}(|/content)",
	"/vaults",
	"/vaults/{vault_id}(|/archive|/credentials)",
	"/vaults/{vault_id}/credentials/{credential_id}(|/archive|/mcp_oauth_validate)",
	"/memory_stores",
	"/memory_stores/{memory_store_id}(|/archive|/memories|/memory_versions|/versions)",
	"/memory_stores/{memory_store_id}/memories/{memory_id}",
	"/memory_stores/{memory_store_id}/memory_versions/{memory_version_id}(|/redact)",
	"/memory_stores/{memory_store_id}/versions/{memory_version_id}(|/redact)",
	"/models",
}

// forwardRoutes are relative to /api/v1/forward, /v1/forward or /forward.
var forwardRoutes = []string{
	"/templates",
	"/templates/{template_id}(|/archive|/clone)",
	"/identities",
	"/identities(/admin/ensure|/stats)",
	"/identities/{identity_id}(|/agents|/clear|/disable|/enable|/templates)",
	"/identities/{identity_id}/templates/{template_id}(/config|/effective|/memory_stores)",
	"/identities/{identity_id}/templates/{template_id}/memory_stores/{memory_store_id}",
	"/sessions",
	"/sessions/{session_id}(|/archive|/cancel|/events|/events/stream|/resources|/threads)",
	"/sessions/{session_id}/threads/{thread_id}(|/archive|/events|/stream)",
	"/schedules",
	"/schedules/archive",
	"/schedules/{schedule_id}(|/archive|/pause|/unpause|/run)",
	"/schedule_runs",
	"/schedule_runs/{run_id}",
	"/batches",
	"/batches/{batch_id}(|/cancel|/error|/output|/tasks)",
	"/channels",
	"/channels/{channel_id}(|/qr_sessions)",
	"/channels(|/{channel_id})/qr_sessions/{session_key}",
	"/qr_sessions/{session_key}",
	"/channel_pairings",
	"/channel_pairings/{pairing_id}",
	"/dreams/{dream_id}/cancel",
	"/webhook/endpoints",
	"/webhook/endpoints/{endpoint_id}",
	"/resources",
}

// sharedResources are the managed resources that the forward API has as well,
// environments without their work items.
var sharedResources = []string{"/environments", "/files", "/skills", "/vaults", "/memory_stores", "/models"}
