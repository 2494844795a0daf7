// Package api is the control API as one http.Handler over small interfaces. It is mounted twice: by the Collector
// extension on its control endpoint, and by the Grafana plugin as its resources.
//
// # Endpoints
//
//	GET    /scenarios/mode            the live scenario (scenario.Scenario)
//	PUT    /scenarios/mode            body: scenario.Behavior + seed, reason, expires_in ("15m"), if_version; keeps rules, latency and an absent seed
//	PUT    /scenarios/latency         body: min_ms, max_ms + reason, expires_in, if_version; null bounds or {} removes the override
//	GET    /scenarios/chaos/config    the effective chaos parameters (scenario.Behavior with mode chaos, defaults filled in)
//	PUT    /scenarios/chaos/config    body: chaos parameters + reason, …: switched to at once if chaos is live, kept for the next switch if not
//	GET    /scenarios/presets         {"presets": [scenario.Preset]}
//	POST   /scenarios/presets         body: scenario.Preset; 201, or 409 where the name is taken
//	GET    /scenarios/presets/export  application/yaml: users' presets under "presets"; ?all=true with the others
//	POST   /scenarios/presets/import  ?replace=true|false, body such a file, saved all or none → {"created": n, "replaced": n}; 409 where one exists
//	GET    /scenarios/presets/{name}  scenario.Preset; ?format=yaml exports it as a file, which POST and PUT take as application/yaml
//	POST   /scenarios/presets/{name}  apply: replaces the whole definition; body optional: reason, expires_in, if_version
//	PUT    /scenarios/presets/{name}  change a preset of a user
//	DELETE /scenarios/presets/{name}  204
//	GET    /scenarios/rules           {"rules": [scenario.Rule], "version": n}
//	PUT    /scenarios/rules           body: rules + reason, expires_in, if_version
//	POST   /scenarios/stop            kill switch: healthy, no rules, no latency; body optional: reason
//	GET    /scenarios/history         ?before=<version>&limit=<1..200> → {"changes": [scenario.Change]}
//	GET    /scenarios/changes         ?from=&to=&limit=<1..2000> → {"changes": [scenario.Change]}, newest first, and what was in force at from
//	GET    /about                     About: the collector that answers, and its storage
//	GET    /instances                 {"instances": [scenario.Instance], "version": n}
//	GET    /traffic                   ?from=<RFC 3339>&to=<RFC 3339>&step=<duration, 1s or more> → {"points": [traffic.Point]}; at most 1,000 points
//	GET    /traffic/series            ?from=&to=&step=&by=gateway|protocol|route|mode&limit=<1..1000>, gateways, protocols, routes and modes repeated → traffic.Breakdown
//	GET    /recordings/values         ?field=<list of the filter>&limit=<1..1000> + filter → {"values": [recording.Count]}, the most frequent first
//	GET    /recordings/volume         ?step=<duration> + filter with from and to → {"volume": {severity: {time: n}}}
//	POST   /recordings/query          body: recording.Query → recording.Page
//	GET    /recordings/{id}           recording.Recording
//	GET    /recordings/{id}/export    ?format= as below → a file of one recording
//	GET    /recordings/{id}/body      ?part=request|response|message:<n> → the bytes, or a range of them
//	PUT    /recordings/{id}/tags      {"tags": [text]} → the same, each once; needs write access
//	POST   /recordings/replay/{id}    body optional: replay.Request → replay.Comparison; needs write access. 504 where no collector takes it;
//	                                  with scenarios, one to three definitions → {"runs": [{"scenario", "result" or "problem"}]}
//	POST   /recordings/replays        body: replay.JobRequest → 201 replay.Job; 409 where too many are not over
//	GET    /recordings/replays        ?cursor=&limit=<1..200> → replay.JobPage, newest first
//	GET    /recordings/replays/{job}  replay.Job
//	GET    /recordings/replays/{job}/results ?outcome=same|different|failed|skipped&cursor=&limit=<1..1000> → replay.ResultPage
//	POST   /recordings/replays/{job}/pause, …/resume, …/stop → replay.Job; 409 where it is over
//	GET    /recordings/export         ?format=har|jsonl|csv|openapi|k6|curl|mocks&limit=<1..100000> + filter → a file, streamed: the newest ones, oldest first
//	GET    /recordings/patterns       + filter → PatternReport, as found before
//	POST   /recordings/patterns       body optional: recording.Filter, whose recordings are analysed → PatternReport; needs write access
//	GET    /recordings/diagram        ?trace_id= or ?consumer=&from=&to=, &format=json|mermaid|plantuml&limit=<1..500> → analysis.Diagram or text
//	GET    /recordings/stats          recording.Filter as query parameters, lists repeated: ?methods=GET&methods=POST → recording.Stats
//	GET    /openapi.yaml              the OpenAPI document of all this
//	GET    /ws/metrics                WebSocket: one traffic.Update per message (extension only)
//
// An expiry is of the whole scenario: a change of mode, a preset and a stop begin without one, changes of latency, chaos
// parameters and rules keep it unless they say expires_in. Where the configuration has a max_duration, whatever injects
// anything gets it at the latest. A scenario that injects nothing has no expiry.
//
// Every change answers with the new scenario.Scenario. With ?wait=<duration, 1ms to 30s> it does once all live collectors have
// applied it, at the latest after that time, and has "acknowledged", "of" and "late" besides (Acknowledgement). Errors are application/problem+json (RFC 9457):
// {"type":"about:blank","title":"Bad Request","status":400,"detail":"error_rate must be between 0 and 1, is 1.5",
// "field":"error_rate","errors":[{"field":"error_rate","problem":"must be between 0 and 1, is 1.5"}]}.
// Unknown fields of a body and unknown query parameters are refused by name; bodies are application/json, presets also application/yaml (415), of at most
// 1 MiB (413). Without write access every change is 403. Without the right to read bodies, contents of recordings are left out and named in "withheld";
// what consists of them, and filters that look into them, are 403. A port that is not configured and a database that is away are 503.
package api
