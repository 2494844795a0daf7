package sqlite

import (
	"database/sql/driver"
	"sync"

	"modernc.org/sqlite"

	"github.com/mockforge/mockforge-observability-app/pkg/pathpattern"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

// engine is SQLite with the conditions that it has no words for, as package recording says them.
var engine = func() *sqlite.Driver {
	engine := &sqlite.Driver{}
	engine.MustRegisterDeterministicScalarFunction("mockforge_contains", 2, contains)
	engine.MustRegisterDeterministicScalarFunction("mockforge_path", 3, matchesPath)
	return engine
}()

// contains (text, part) is whether text has part in it in any case. Null and bytes have none.
func contains(_ *sqlite.FunctionContext, args []driver.Value) (driver.Value, error) {
	text, isText := args[0].(string)
	part, _ := args[1].(string)
	return truth(isText && recording.ContainsFold(text, part)), nil
}

// matchesPath (pattern, path, target) is whether the path of a recording matches a pattern.
func matchesPath(_ *sqlite.FunctionContext, args []driver.Value) (driver.Value, error) {
	pattern, _ := args[0].(string)
	compiled := compiledPattern(pattern)
	if compiled == nil {
		return int64(0), nil
	}
	var r recording.Recording
	r.Path, _ = args[1].(string)
	if err := (*target)(&r.Target).Scan(args[2]); err != nil {
		return nil, err
	}
	return truth(compiled.Match(r.EscapedPath())), nil
}

func truth(is bool) int64 {
	if is {
		return 1
	}
	return 0
}

// maxPatterns is how many patterns are kept compiled: queries that run at once have few.
const maxPatterns = 64

var patterns = struct {
	mu       sync.Mutex
	compiled map[string]*pathpattern.Pattern
}{compiled: map[string]*pathpattern.Pattern{}}

// compiledPattern returns nil for what is no pattern, which matches nothing.
func compiledPattern(text string) *pathpattern.Pattern {
	patterns.mu.Lock()
	defer patterns.mu.Unlock()
	compiled, known := patterns.compiled[text]
	if known {
		return compiled
	}
	compiled, err := (&recording.Filter{Path: text}).PathPattern()
	if err != nil {
		compiled = nil
	}
	if len(patterns.compiled) >= maxPatterns {
		clear(patterns.compiled)
	}
	patterns.compiled[text] = compiled
	return compiled
}
