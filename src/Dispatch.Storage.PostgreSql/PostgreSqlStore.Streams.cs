using System.Runtime.CompilerServices;

namespace Dispatch.Storage.PostgreSql;

/// <summary>Long reads.</summary>
public sealed partial class PostgreSqlStore
{
    /// <summary>Page by page, so that a slow reader holds no snapshot: an old one would keep vacuum from every dead row. A page that is not full is the last.</summary>
    private async IAsyncEnumerable<TRow> StreamAsync<TKey, TRow>(
        TKey first,
        Func<PostgreSqlSession, TKey, Task<List<(TKey Key, TRow Row)>>> read,
        [EnumeratorCancellation] CancellationToken cancellation)
    {
        var after = first;
        while (true)
        {
            var last = after;
            var page = await ReadAsync(db => read(db, last), cancellation);
            foreach (var (key, row) in page)
            {
                after = key;
                yield return row;
            }

            if (page.Count < ExportPage) yield break;
        }
    }
}
