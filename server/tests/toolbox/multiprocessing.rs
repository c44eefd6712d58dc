//! Processes that Python's own multiprocessing starts from a cell.

use serde_json::json;

use crate::harness::{Server, pythons};

#[tokio::test]
async fn a_pool_runs_what_a_cell_has_defined_or_says_why_not() {
    for python in pythons() {
        let program = python.display().to_string();
        let server = Server::start(&["--python", &program]);
        let code = "
import multiprocessing
def double(x): return 2 * x
with multiprocessing.Pool(2) as pool: print(pool.map(double, [1, 2]))
";
        assert_eq!(server.run(code).await.success(), "[2, 4]\n", "{program}");
        let code = "
from concurrent.futures import ProcessPoolExecutor
with ProcessPoolExecutor(1) as executor: print(list(executor.map(double, [3])))
";
        assert_eq!(server.run(code).await.success(), "[6]\n", "{program}");
        // The timeout is only there so that a pool that hangs fails the test.
        let code = "
with multiprocessing.get_context('forkserver').Pool(1) as pool:
    print(pool.map(abs, [-1]))
    pool.map(double, [1])
";
        let outcome = server.execute(json!({"code": code, "timeout": 60})).await;
        assert_eq!(outcome.stdout, "[1]\n", "{program}");
        let error = outcome.error("TypeError");
        assert!(error.value.contains("double"), "{program}: {}", error.value);
    }
}
