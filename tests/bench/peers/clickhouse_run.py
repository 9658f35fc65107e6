"""The query in a file by ClickHouse inside of this process: clickhouse_run.py QUERY THREADS. Prints wall and CPU seconds without the start of Python."""
import sys
import time

import chdb

with open(sys.argv[1], encoding="utf-8") as file:
    query = file.read()
began, used = time.perf_counter(), time.process_time()
chdb.query(f"{query} SETTINGS max_threads = {sys.argv[2]}, output_format_decimal_trailing_zeros = 1" if "INTO OUTFILE" not in query
           else query.replace("INTO OUTFILE", f"SETTINGS max_threads = {sys.argv[2]}, output_format_decimal_trailing_zeros = 1 INTO OUTFILE"))
print(time.perf_counter() - began, time.process_time() - used)
