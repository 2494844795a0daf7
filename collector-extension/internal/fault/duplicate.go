package fault

import (
	"math/rand/v2"

	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
)

func init() {
	executesAtMessages(scenario.FaultDuplicate, messageExecutor{
		content: true,
		harm: func(_ scenario.Drawn, _ int, _ *rand.Rand, next Message) Message {
			next.Duplicate = true
			return next
		},
	})
}
