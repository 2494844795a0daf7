package sqlite_test

import (
	"testing"

	"github.com/mockforge/mockforge-observability-app/pkg/api/apitest"
)

// replayStores returns a Store, and the same for a collector: one process has the file.
func replayStores(t *testing.T) (store apitest.ReplayStore, another func(*testing.T) apitest.ReplayStore) {
	one := fresh(t)
	return one, func(*testing.T) apitest.ReplayStore { return one }
}

func TestContractOfReplays(t *testing.T) { apitest.TestReplays(t, replayStores) }

func TestContractOfReplayJobs(t *testing.T) { apitest.TestReplayJobs(t, replayStores) }
