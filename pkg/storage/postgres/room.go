package postgres

import "github.com/mockforge/mockforge-observability-app/pkg/recording"

// maxPage is how much the recordings of a page may be together, in bytes: headers of answers alone may be 1 MiB each.
const maxPage = 16 << 20

// room is how many bytes of recordings may still be read. What makes it negative is read, so that there always is one.
type room int

// take counts what is of any length in a recording.
func (left *room) take(r *recording.Recording) {
	size := 1024 + len(r.Path) + len(r.Target) + len(r.HeaderForm) + len(r.ResponseHeaderForm) + len(r.Route) + len(r.Consumer) + len(r.Operation) + len(r.Failure) + len(r.Host) + len(r.Body.Content) + len(r.ResponseBody.Content)
	for _, values := range []recording.Values{r.QueryParams, r.Headers, r.ResponseHeaders, r.ResponseTrailers} {
		for name, list := range values {
			size += len(name)
			for _, value := range list {
				size += 16 + len(value)
			}
		}
	}
	*left -= room(size)
}
