package fault

import (
	"context"
	"math"
	"net/http"
	"time"

	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
)

// RateLimit answers with 429 what is above a limit, and tells in headers what is left of it: also on answers within the
// limit, which are not harmed by that.
type RateLimit struct {
	Quota scenario.Quota
}

func init() { executes(scenario.FaultRateLimit, newRateLimit) }

func newRateLimit(d scenario.Drawn) Fault {
	if d.Quota == nil {
		return nil
	}
	return RateLimit{*d.Quota}
}

// Inject answers where the limit is exceeded.
func (l RateLimit) Inject(_ context.Context, x *Exchange) (bool, error) {
	if !l.Quota.Exceeded {
		return false, nil
	}
	x.Note(scenario.FaultRateLimit, "limit "+formatInt(int64(l.Quota.Limit)))
	after := int(seconds(l.Quota.Reset))
	x.Answer(Answer{Status: http.StatusTooManyRequests, RetryAfterS: &after, Headers: l.headers()})
	return true, nil
}

// Respond tells what is left.
func (l RateLimit) Respond(_ context.Context, _ *Exchange, response *http.Response) error {
	for name, value := range l.headers() {
		response.Header.Set(name, value)
	}
	return nil
}

// headers have the names that most limits use (draft-polli-ratelimit-headers), with and without the "X-"; times are
// seconds from now.
func (l RateLimit) headers() map[string]string {
	headers := make(map[string]string, 6)
	for name, value := range map[string]int64{
		"Ratelimit-Limit": int64(l.Quota.Limit), "Ratelimit-Remaining": int64(l.Quota.Remaining), "Ratelimit-Reset": seconds(l.Quota.Reset),
	} {
		headers[name], headers["X-"+name] = formatInt(value), formatInt(value)
	}
	return headers
}

// seconds returns whole ones, of which there is at least one: who comes again after none is limited again.
func seconds(d time.Duration) int64 { return max(1, int64(math.Ceil(d.Seconds()))) }
