"""Arrays, statistics, machine learning, symbols, graphs."""

from rows.row import science

ROWS = (
    science("numpy linalg and fft", """
import numpy as np
a = np.array([[4.0, 1], [1, 3]])
u, s, vt = np.linalg.svd(a)
print(np.allclose(u @ np.diag(s) @ vt, a), np.linalg.solve(a, [1, 2]).round(3), np.linalg.det(a).round(6))
print(np.allclose(np.fft.ifft(np.fft.fft([1, 2, 3])).real, [1, 2, 3]), np.linalg.eigvalsh(a).round(3))
""", "True [0.091 0.636] 11.0\nTrue [2.382 4.618]"),
    science("numpy files and memory maps", """
import numpy as np
np.save("a.npy", np.arange(6)); np.savez_compressed("b.npz", x=np.eye(2)); np.savetxt("c.csv", [[1, 2]], delimiter=",")
m = np.memmap("d.bin", dtype="f4", mode="w+", shape=(4,)); m[:] = 7; m.flush()
print(np.load("a.npy", mmap_mode="r").sum(), np.load("b.npz")["x"].sum(), np.genfromtxt("c.csv", delimiter=","),
      np.fromfile("d.bin", "f4")[0], np.random.default_rng(1).integers(10), np.random.RandomState(0).randint(9))
""", "15 2.0 [1. 2.] 7.0 4 5"),
    science("numpy large product in threads", """
import numpy as np
from concurrent.futures import ThreadPoolExecutor
a = np.ones((600, 600))
with ThreadPoolExecutor(2) as pool: print([r[0, 0] for r in pool.map(a.dot, [a, a])])
""", "[np.float64(600.0), np.float64(600.0)]"),
    science("scipy linalg, fft and sparse", """
import numpy as np
from scipy import fft, linalg, sparse
from scipy.sparse.linalg import eigsh, spsolve
a = sparse.diags([-1.0, 2.0, -1.0], [-1, 0, 1], shape=(50, 50), format="csc")
print(np.allclose(a @ spsolve(a, np.ones(50)), 1), eigsh(a, k=1, return_eigenvectors=False).round(2),
      linalg.expm(np.zeros((2, 2))).trace(), fft.dct([1.0, 2]).round(3), linalg.lu(np.eye(2))[1][0, 0])
""", "True [4.] 2.0 [ 6.    -1.414] 1.0"),
    science("scipy optimize, integrate and interpolate", """
import numpy as np
from scipy import integrate, interpolate, optimize
print(optimize.minimize(lambda x: (x[0] - 3) ** 2, [0]).x.round(3), optimize.brentq(lambda x: x * x - 2, 0, 2).__round__(4))
print(optimize.curve_fit(lambda x, a, b: a * x + b, np.arange(5.0), 2 * np.arange(5.0) + 1)[0].round(3))
print(integrate.quad(np.sin, 0, np.pi)[0].__round__(6), optimize.linprog([1], bounds=[(2, 3)]).fun,
      integrate.solve_ivp(lambda t, y: -y, (0, 1), [1.0]).y[0, -1].round(2), interpolate.CubicSpline([0, 1, 2], [0, 1, 4])(1.5).round(3))
""", "[3.] 1.4142\n[2. 1.]\n2.0 2.0 0.37 2.25"),
    science("scipy stats, signal, ndimage and spatial", """
import numpy as np
from scipy import cluster, ndimage, signal, spatial, stats
rng = np.random.default_rng(0)
print(stats.ttest_ind(rng.normal(size=50), rng.normal(2, size=50)).pvalue < 0.01, stats.norm.cdf(0),
      len(signal.find_peaks([0, 1, 0, 2, 0])[0]), ndimage.gaussian_filter(np.eye(3), 1).shape,
      spatial.cKDTree([[0, 0], [1, 1]]).query([0.9, 1])[1], cluster.hierarchy.linkage([[0.0], [1], [5]]).shape)
print(stats.bootstrap((np.arange(9.0),), np.mean, n_resamples=50).confidence_interval.low > 0)
""", "True 0.5 2 (3, 3) 1 (2, 4)\nTrue"),
    science("scikit-learn pipeline", """
from sklearn.compose import make_column_transformer
from sklearn.datasets import load_iris
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import classification_report, confusion_matrix
from sklearn.model_selection import cross_val_score, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
X, y = load_iris(return_X_y=True, as_frame=True)
a, b, c, d = train_test_split(X, y, random_state=0)
model = make_pipeline(StandardScaler(), RandomForestClassifier(20, random_state=0)).fit(a, c)
print(model.score(b, d) > 0.9, "precision" in classification_report(d, model.predict(b)), cross_val_score(model, X, y, cv=3).mean() > 0.9)
model
""", "True True True", "text/html"),
    science("scikit-learn with n_jobs", """
from sklearn.datasets import load_iris, make_blobs
from sklearn.cluster import KMeans
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.model_selection import GridSearchCV
from sklearn.svm import SVC
X, y = load_iris(return_X_y=True)
print(RandomForestClassifier(20, n_jobs=2, random_state=0).fit(X, y).score(X, y) > 0.95)
search = GridSearchCV(SVC(), {"C": [1, 10]}, n_jobs=2, cv=2).fit(X, y); print(search.best_score_ > 0.9)
print(HistGradientBoostingClassifier(max_iter=5).fit(X, y).score(X, y) > 0.9, len(KMeans(3, n_init=2).fit(X).cluster_centers_))
""", "True\nTrue\nTrue 3"),
    science("joblib by loky, threads and multiprocessing", """
from joblib import Memory, Parallel, delayed, dump, load
def square(x): return x * x
for backend in ("loky", "threading", "multiprocessing"):
    print(backend, Parallel(n_jobs=2, backend=backend)(delayed(square)(n) for n in range(4)))
dump({"a": [1]}, "m.joblib"); print(load("m.joblib"), Memory("cache", verbose=0).cache(square)(3))
""", "loky [0, 1, 4, 9]\nthreading [0, 1, 4, 9]\nmultiprocessing [0, 1, 4, 9]\n{'a': [1]} 9"),
    science("scipy with workers", """
import multiprocessing
from scipy.optimize import brute, differential_evolution, rosen
found = differential_evolution(rosen, [(0, 2), (0, 2)], workers=2, updating="deferred", seed=1)
print(found.x.round(3), brute(rosen, ((0, 2), (0, 2)), Ns=3, finish=None, workers=2))
multiprocessing.set_start_method("spawn"); print(multiprocessing.get_start_method())
""", "[1. 1.] [1. 1.]\nspawn"),
    science("physical cores", """
import joblib, os
print(joblib.cpu_count(only_physical_cores=True) <= joblib.cpu_count() == os.cpu_count())
""", "True"),
    science("joblib shares large arrays", """
import numpy as np
from joblib import Parallel, delayed
big = np.ones(400_000)
def kind(a): return type(a).__name__, float(a.sum())
print(Parallel(n_jobs=2, max_nbytes="1M")(delayed(kind)(big) for _ in range(2)))
""", "[('memmap', 400000.0), ('memmap', 400000.0)]"),
    science("statsmodels", """
import numpy as np, pandas as pd, statsmodels.api as sm, statsmodels.formula.api as smf
from statsmodels.tsa.arima.model import ARIMA
frame = pd.DataFrame({"x": np.arange(30.0), "y": 2 * np.arange(30.0) + np.random.default_rng(0).normal(size=30)})
fit = smf.ols("y ~ x", frame).fit(); print(round(fit.params["x"], 1), "R-squared" in str(fit.summary()))
print(sm.Logit(((frame.y > 30) ^ (frame.x % 7 == 0)).astype(int), sm.add_constant(frame.x)).fit(disp=0).params.shape,
      len(ARIMA(frame.y, order=(1, 0, 0)).fit().forecast(3)))
""", "2.0 True\n(2,) 3"),
    science("sympy", """
import sympy as sp
x = sp.symbols("x")
print(sp.solve(x**2 - 2, x), sp.integrate(sp.sin(x), x), sp.latex(sp.sqrt(x) / 2), sp.diff(x**3, x))
print(sp.lambdify(x, x**2, "numpy")(3), sp.dsolve(sp.Function("f")(x).diff(x) - 1).rhs, sp.factorint(360))
sp.Matrix([[1, x]])
""", "[-sqrt(2), sqrt(2)] -cos(x) \\frac{\\sqrt{x}}{2} 3*x**2\n9 C1 + x {2: 3, 3: 2, 5: 1}", "text/latex"),
    science("networkx", """
import matplotlib.pyplot as plt, networkx as nx
graph = nx.karate_club_graph()
print(nx.shortest_path_length(graph, 0, 33), round(max(nx.pagerank(graph).values()), 3), nx.density(graph).__round__(3))
nx.draw(graph, nx.spring_layout(graph, seed=0), with_labels=True); nx.write_graphml(graph, "g.graphml")
print(nx.read_graphml("g.graphml").number_of_nodes())
""", "2 0.097 0.139\n34", "image/png"),
    science("threadpoolctl", """
import numpy, scipy.linalg
from threadpoolctl import threadpool_info, threadpool_limits
with threadpool_limits(1): print({pool["num_threads"] for pool in threadpool_info()})
""", "{1}"),
    science("scipy's workers", """
import multiprocessing, numpy as np
from scipy import fft, optimize, stats
def bowl(x): return float(((x - 1) ** 2).sum())
found = optimize.differential_evolution(bowl, [(-2, 2)] * 2, workers=2, updating="deferred", rng=0, maxiter=20, tol=0.1, polish=False)
print(np.allclose(found.x, 1, atol=0.2), optimize.brute(bowl, ((-2, 2),), Ns=5, workers=2, finish=None).round(), fft.fft2(np.ones((64, 64)), workers=2)[0, 0].real)
with multiprocessing.Pool(2) as pool: print(optimize.differential_evolution(bowl, [(0, 2)], workers=pool.map, updating="deferred", rng=0, maxiter=5).fun < 0.1)
""", "True 1.0 4096.0\nTrue"),
)  # fmt: skip
