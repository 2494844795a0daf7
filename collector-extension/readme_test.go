package mockforgeextension

import (
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The table of keys in the README has each key of the configuration, and no other.
func TestTheReadmeHasEveryKey(t *testing.T) {
	text, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	var documented []string
	_, section, _ := strings.Cut(string(text), "\n## Every key\n")
	section, _, _ = strings.Cut(section, "\n## ")
	for _, row := range regexp.MustCompile("(?m)^\\| `([^`]+)` \\|").FindAllStringSubmatch(section, -1) {
		documented = append(documented, row[1])
	}
	keys := keysOf(reflect.TypeFor[Config](), "", map[reflect.Type]bool{})
	// A row whose key ends in * is about all keys of a part, such as one that another document has.
	for _, row := range documented {
		if part, ok := strings.CutSuffix(row, "*"); ok {
			keys = append(slices.DeleteFunc(keys, func(key string) bool {
				return strings.HasPrefix(key, part) && !slices.Contains(documented, key)
			}), row)
		}
	}
	slices.Sort(keys)
	slices.Sort(documented)
	if diff := cmp.Diff(keys, documented); diff != "" {
		t.Errorf("keys (-configuration +README):\n%s", diff)
	}
}

// keysOf returns the keys of a struct of this module. What other modules define is one key, and so is what stands in a second
// place: its keys are the same there.
func keysOf(t reflect.Type, prefix string, seen map[reflect.Type]bool) []string {
	var keys []string
	for field := range t.Fields() {
		name, options, _ := strings.Cut(field.Tag.Get("mapstructure"), ",")
		inner, list := field.Type, ""
		if inner.Kind() == reflect.Slice {
			inner, list = inner.Elem(), "[]"
		}
		ours := inner.Kind() == reflect.Struct && strings.HasPrefix(inner.PkgPath(), "github.com/mockforge/")
		switch {
		case options == "squash":
			seen[inner] = true
			keys = append(keys, keysOf(inner, prefix, seen)...)
		case name == "" || name == "-":
		case ours && !seen[inner]:
			seen[inner] = true
			keys = append(keys, keysOf(inner, prefix+name+list+"::", seen)...)
		default:
			keys = append(keys, prefix+name)
		}
	}
	return keys
}
