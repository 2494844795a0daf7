package recording

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

func TestTagsAreKeptOnceAndShort(t *testing.T) {
	got, err := CheckTags([]string{"slow", "ünder review", "slow"})
	if diff := cmp.Diff([]string{"slow", "ünder review"}, got); diff != "" || err != nil {
		t.Error(err, diff)
	}
	if none, err := CheckTags(nil); err != nil || none == nil || len(none) > 0 {
		t.Errorf("%v %v", none, err)
	}
	many := make([]string, MaxTags+1)
	for i := range many {
		many[i] = fmt.Sprint(i)
	}
	for name, tags := range map[string][]string{
		"tags[0]": {""}, "tags[1]": {"a", "b\n"}, "tags[2]": {"a", "b", " c"}, "tags[3]": {"a", "b", "c", strings.Repeat("é", 65)},
		"tags[4]": {"a", "b", "c", "d", "\xff"}, "tags": many,
	} {
		_, err := CheckTags(tags)
		if all := validation.All(err); len(all) != 1 || all[0].Field != name {
			t.Errorf("%q: %v", tags, err)
		}
	}
}
