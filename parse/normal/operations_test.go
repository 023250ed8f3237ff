package normal

import (
	"strings"
	"testing"
)

// operations are the paths that the API documents, with ids as its pages
// print them, and the route of each.
const operations = `
/api/v1/cloud/agents /agents
/api/v1/cloud/agents/agent_abc123 /agents/{id}
/api/v1/cloud/agents/agent_abc123/archive /agents/{id}/archive
/api/v1/cloud/agents/agent_abc123/versions /agents/{id}/versions
/api/v1/cloud/environments /environments
/api/v1/cloud/environments/env_019e3bb1e8c171fd9abbb1477ffb84cc /environments/{id}
/api/v1/cloud/environments/env_019e3bb1e8c171fd9abbb1477ffb84cc/archive /environments/{id}/archive
/api/v1/cloud/environments/env_019e3bb1e8c171fd9abbb1477ffb84cc/work /environments/{id}/work
/api/v1/cloud/environments/env_019e3bb1e8c171fd9abbb1477ffb84cc/work/poll /environments/{id}/work/poll
/api/v1/cloud/environments/env_019e3bb1e8c171fd9abbb1477ffb84cc/work/stats /environments/{id}/work/stats
/api/v1/cloud/environments/env_019e3bb1e8c171fd9abbb1477ffb84cc/work/1786973491821648 /environments/{id}/work/{id}
/api/v1/cloud/environments/env_019e3bb1e8c171fd9abbb1477ffb84cc/work/evt_00jjujk9fbnr4wkj2gh8/ack /environments/{id}/work/{id}/ack
/api/v1/cloud/environments/env_019e3bb1e8c171fd9abbb1477ffb84cc/work/019e3bb1e8c171fd9abbb1477ffb84cc/heartbeat /environments/{id}/work/{id}/heartbeat
/api/v1/cloud/environments/env_019e3bb1e8c171fd9abbb1477ffb84cc/work/3/stop /environments/{id}/work/{id}/stop
/api/v1/cloud/sessions /sessions
/api/v1/cloud/sessions/sess_019e392c0d1e74e095d21ea4c6b41def /sessions/{id}
/api/v1/cloud/sessions/sess_019e392c0d1e74e095d21ea4c6b41def/archive /sessions/{id}/archive
/api/v1/cloud/sessions/sess_019e392c0d1e74e095d21ea4c6b41def/cancel /sessions/{id}/cancel
/api/v1/cloud/sessions/sess_019e392c0d1e74e095d21ea4c6b41def/events /sessions/{id}/events
/api/v1/cloud/sessions/sess_019e392c0d1e74e095d21ea4c6b41def/events/stream /sessions/{id}/events/stream
/api/v1/cloud/sessions/sess_019e392c0d1e74e095d21ea4c6b41def/resources /sessions/{id}/resources
/api/v1/cloud/sessions/sess_019e392c0d1e74e095d21ea4c6b41def/resources/1786973491821648 /sessions/{id}/resources/{id}
/api/v1/cloud/sessions/sess_019e392c0d1e74e095d21ea4c6b41def/threads /sessions/{id}/threads
/api/v1/cloud/sessions/sess_019e392c0d1e74e095d21ea4c6b41def/threads/evt_00jjujk9fbnr4wkj2gh8 /sessions/{id}/threads/{id}
/api/v1/cloud/sessions/sess_019e392c0d1e74e095d21ea4c6b41def/threads/019e3bb1e8c171fd9abbb1477ffb84cc/archive /sessions/{id}/threads/{id}/archive
/api/v1/cloud/sessions/sess_019e392c0d1e74e095d21ea4c6b41def/threads/3/events /sessions/{id}/threads/{id}/events
/api/v1/cloud/sessions/sess_019e392c0d1e74e095d21ea4c6b41def/threads/1786973491821648/stream /sessions/{id}/threads/{id}/stream
/api/v1/cloud/deployments /deployments
/api/v1/cloud/deployments/dep_019e3bb1e8c171fd9abbb1477ffb84cc /deployments/{id}
/api/v1/cloud/deployments/dep_019e3bb1e8c171fd9abbb1477ffb84cc/archive /deployments/{id}/archive
/api/v1/cloud/deployments/dep_019e3bb1e8c171fd9abbb1477ffb84cc/pause /deployments/{id}/pause
/api/v1/cloud/deployments/dep_019e3bb1e8c171fd9abbb1477ffb84cc/unpause /deployments/{id}/unpause
/api/v1/cloud/deployments/dep_019e3bb1e8c171fd9abbb1477ffb84cc/run /deployments/{id}/run
/api/v1/cloud/deployment_runs /deployment_runs
/api/v1/cloud/deployment_runs/drun_019e3bb1e8c171fd /deployment_runs/{id}
/api/v1/cloud/dreams /dreams
/api/v1/cloud/dreams/drm_019e3bb1e8c171fd /dreams/{id}
/api/v1/cloud/dreams/drm_019e3bb1e8c171fd/archive /dreams/{id}/archive
/api/v1/cloud/dreams/drm_019e3bb1e8c171fd/cancel /dreams/{id}/cancel
/api/v1/cloud/files /files
/api/v1/cloud/files/file_019e3bb1e8c171fd /files/{id}
/api/v1/cloud/files/file_019e3bb1e8c171fd/content /files/{id}/content
/api/v1/cloud/skills /skills
/api/v1/cloud/skills/skill_019e3bb1 /skills/{id}
/api/v1/cloud/skills/skill_019e3bb1/versions /skills/{id}/versions
/api/v1/cloud/skills/skill_019e3bb1/versions/evt_00jjujk9fbnr4wkj2gh8 /skills/{id}/versions/{id}
/api/v1/cloud/skills/skill_019e3bb1/versions/019e3bb1e8c171fd9abbb1477ffb84cc/content /skills/{id}/versions/{id}/content
/api/v1/cloud/vaults /vaults
/api/v1/cloud/vaults/vault_019e3bb1 /vaults/{id}
/api/v1/cloud/vaults/vault_019e3bb1/archive /vaults/{id}/archive
/api/v1/cloud/vaults/vault_019e3bb1/credentials /vaults/{id}/credentials
/api/v1/cloud/vaults/vault_019e3bb1/credentials/3 /vaults/{id}/credentials/{id}
/api/v1/cloud/vaults/vault_019e3bb1/credentials/1786973491821648/archive /vaults/{id}/credentials/{id}/archive
/api/v1/cloud/vaults/vault_019e3bb1/credentials/evt_00jjujk9fbnr4wkj2gh8/mcp_oauth_validate /vaults/{id}/credentials/{id}/mcp_oauth_validate
/api/v1/cloud/memory_stores /memory_stores
/api/v1/cloud/memory_stores/memstore_019e3bb1 /memory_stores/{id}
/api/v1/cloud/memory_stores/memstore_019e3bb1/archive /memory_stores/{id}/archive
/api/v1/cloud/memory_stores/memstore_019e3bb1/memories /memory_stores/{id}/memories
/api/v1/cloud/memory_stores/memstore_019e3bb1/memories/019e3bb1e8c171fd9abbb1477ffb84cc /memory_stores/{id}/memories/{id}
/api/v1/cloud/memory_stores/memstore_019e3bb1/memory_versions /memory_stores/{id}/memory_versions
/api/v1/cloud/memory_stores/memstore_019e3bb1/memory_versions/3 /memory_stores/{id}/memory_versions/{id}
/api/v1/cloud/memory_stores/memstore_019e3bb1/memory_versions/1786973491821648/redact /memory_stores/{id}/memory_versions/{id}/redact
/api/v1/cloud/memory_stores/memstore_019e3bb1/versions /memory_stores/{id}/versions
/api/v1/cloud/memory_stores/memstore_019e3bb1/versions/evt_00jjujk9fbnr4wkj2gh8 /memory_stores/{id}/versions/{id}
/api/v1/cloud/models /models
/api/v1/forward/templates /forward/templates
/api/v1/forward/templates/tmpl_support /forward/templates/{id}
/api/v1/forward/templates/tmpl_support/archive /forward/templates/{id}/archive
/api/v1/forward/templates/tmpl_support/clone /forward/templates/{id}/clone
/api/v1/forward/identities /forward/identities
/api/v1/forward/identities/admin/ensure /forward/identities/admin/ensure
/api/v1/forward/identities/stats /forward/identities/stats
/api/v1/forward/identities/idn_019e3bb1 /forward/identities/{id}
/api/v1/forward/identities/idn_019e3bb1/agents /forward/identities/{id}/agents
/api/v1/forward/identities/idn_019e3bb1/clear /forward/identities/{id}/clear
/api/v1/forward/identities/idn_019e3bb1/disable /forward/identities/{id}/disable
/api/v1/forward/identities/idn_019e3bb1/enable /forward/identities/{id}/enable
/api/v1/forward/identities/idn_019e3bb1/templates /forward/identities/{id}/templates
/api/v1/forward/identities/idn_019e3bb1/templates/019e3bb1e8c171fd9abbb1477ffb84cc/config /forward/identities/{id}/templates/{id}/config
/api/v1/forward/identities/idn_019e3bb1/templates/3/effective /forward/identities/{id}/templates/{id}/effective
/api/v1/forward/identities/idn_019e3bb1/templates/1786973491821648/memory_stores /forward/identities/{id}/templates/{id}/memory_stores
/api/v1/forward/identities/idn_019e3bb1/templates/evt_00jjujk9fbnr4wkj2gh8/memory_stores/019e3bb1e8c171fd9abbb1477ffb84cc /forward/identities/{id}/templates/{id}/memory_stores/{id}
/api/v1/forward/sessions /forward/sessions
/api/v1/forward/sessions/sess_019e392c0d1e74e095d21ea4c6b41def /forward/sessions/{id}
/api/v1/forward/sessions/sess_019e392c0d1e74e095d21ea4c6b41def/archive /forward/sessions/{id}/archive
/api/v1/forward/sessions/sess_019e392c0d1e74e095d21ea4c6b41def/cancel /forward/sessions/{id}/cancel
/api/v1/forward/sessions/sess_019e392c0d1e74e095d21ea4c6b41def/events /forward/sessions/{id}/events
/api/v1/forward/sessions/sess_019e392c0d1e74e095d21ea4c6b41def/events/stream /forward/sessions/{id}/events/stream
/api/v1/forward/sessions/sess_019e392c0d1e74e095d21ea4c6b41def/resources /forward/sessions/{id}/resources
/api/v1/forward/sessions/sess_019e392c0d1e74e095d21ea4c6b41def/threads /forward/sessions/{id}/threads
/api/v1/forward/sessions/sess_019e392c0d1e74e095d21ea4c6b41def/threads/3 /forward/sessions/{id}/threads/{id}
/api/v1/forward/sessions/sess_019e392c0d1e74e095d21ea4c6b41def/threads/1786973491821648/archive /forward/sessions/{id}/threads/{id}/archive
/api/v1/forward/sessions/sess_019e392c0d1e74e095d21ea4c6b41def/threads/evt_00jjujk9fbnr4wkj2gh8/events /forward/sessions/{id}/threads/{id}/events
/api/v1/forward/sessions/sess_019e392c0d1e74e095d21ea4c6b41def/threads/019e3bb1e8c171fd9abbb1477ffb84cc/stream /forward/sessions/{id}/threads/{id}/stream
/api/v1/forward/schedules /forward/schedules
/api/v1/forward/schedules/archive /forward/schedules/archive
/api/v1/forward/schedules/sched_019e3bb1 /forward/schedules/{id}
/api/v1/forward/schedules/sched_019e3bb1/archive /forward/schedules/{id}/archive
/api/v1/forward/schedules/sched_019e3bb1/pause /forward/schedules/{id}/pause
/api/v1/forward/schedules/sched_019e3bb1/unpause /forward/schedules/{id}/unpause
/api/v1/forward/schedules/sched_019e3bb1/run /forward/schedules/{id}/run
/api/v1/forward/schedule_runs /forward/schedule_runs
/api/v1/forward/schedule_runs/srun_1 /forward/schedule_runs/{id}
/api/v1/forward/batches /forward/batches
/api/v1/forward/batches/batch_019e3bb1 /forward/batches/{id}
/api/v1/forward/batches/batch_019e3bb1/cancel /forward/batches/{id}/cancel
/api/v1/forward/batches/batch_019e3bb1/error /forward/batches/{id}/error
/api/v1/forward/batches/batch_019e3bb1/output /forward/batches/{id}/output
/api/v1/forward/batches/batch_019e3bb1/tasks /forward/batches/{id}/tasks
/api/v1/forward/channels /forward/channels
/api/v1/forward/channels/chan_1 /forward/channels/{id}
/api/v1/forward/channels/chan_1/qr_sessions /forward/channels/{id}/qr_sessions
/api/v1/forward/qr_sessions/c2Vzc2lvbi1rZXk /forward/qr_sessions/{id}
/api/v1/forward/channel_pairings /forward/channel_pairings
/api/v1/forward/channel_pairings/pair_1 /forward/channel_pairings/{id}
/api/v1/forward/environments /forward/environments
/api/v1/forward/environments/env_019e3bb1e8c171fd9abbb1477ffb84cc /forward/environments/{id}
/api/v1/forward/environments/env_019e3bb1e8c171fd9abbb1477ffb84cc/archive /forward/environments/{id}/archive
/api/v1/forward/files /forward/files
/api/v1/forward/files/file_019e3bb1e8c171fd /forward/files/{id}
/api/v1/forward/files/file_019e3bb1e8c171fd/content /forward/files/{id}/content
/api/v1/forward/skills /forward/skills
/api/v1/forward/skills/skill_019e3bb1 /forward/skills/{id}
/api/v1/forward/skills/skill_019e3bb1/versions /forward/skills/{id}/versions
/api/v1/forward/skills/skill_019e3bb1/versions/3 /forward/skills/{id}/versions/{id}
/api/v1/forward/skills/skill_019e3bb1/versions/1786973491821648/content /forward/skills/{id}/versions/{id}/content
/api/v1/forward/vaults /forward/vaults
/api/v1/forward/vaults/vault_019e3bb1 /forward/vaults/{id}
/api/v1/forward/vaults/vault_019e3bb1/credentials /forward/vaults/{id}/credentials
/api/v1/forward/vaults/vault_019e3bb1/credentials/evt_00jjujk9fbnr4wkj2gh8 /forward/vaults/{id}/credentials/{id}
/api/v1/forward/memory_stores /forward/memory_stores
/api/v1/forward/memory_stores/memstore_019e3bb1 /forward/memory_stores/{id}
/api/v1/forward/memory_stores/memstore_019e3bb1/archive /forward/memory_stores/{id}/archive
/api/v1/forward/memory_stores/memstore_019e3bb1/memories /forward/memory_stores/{id}/memories
/api/v1/forward/memory_stores/memstore_019e3bb1/memories/019e3bb1e8c171fd9abbb1477ffb84cc /forward/memory_stores/{id}/memories/{id}
/api/v1/forward/memory_stores/memstore_019e3bb1/memory_versions /forward/memory_stores/{id}/memory_versions
/api/v1/forward/memory_stores/memstore_019e3bb1/memory_versions/3 /forward/memory_stores/{id}/memory_versions/{id}
/api/v1/forward/memory_stores/memstore_019e3bb1/memory_versions/1786973491821648/redact /forward/memory_stores/{id}/memory_versions/{id}/redact
/api/v1/forward/models /forward/models
/api/v1/forward/dreams/drm_019e3bb1e8c171fd/cancel /forward/dreams/{id}/cancel
/api/v1/forward/webhook/endpoints /forward/webhook/endpoints
/api/v1/forward/resources /forward/resources
`

func TestOperations(t *testing.T) {
	r := newRoutes(t)
	for line := range strings.Lines(operations) {
		path, want, ok := strings.Cut(strings.TrimSpace(line), " ")
		if !ok {
			continue
		}
		short := strings.NewReplacer("/api/v1/cloud/", "/", "/api/v1/forward/", "/forward/").Replace(path)
		middle := strings.TrimPrefix(strings.TrimPrefix(path, "/api"), "/v1/cloud")
		if !strings.HasPrefix(middle, "/v1") {
			middle = "/v1" + middle
		}
		for _, p := range []string{path, short, middle, path + "/", strings.ReplaceAll(path, "/", "//")} {
			if got, known := r.Append(nil, []byte(p)); string(got) != want || !known {
				t.Errorf("%s is named %s (known %v), want %s", p, got, known, want)
			}
			if HasSecret([]byte(p)) {
				t.Errorf("%s is taken for a secret", p)
			}
		}
	}
}
