using System.Text;
using Dispatch.Client;
using Dispatch.Contracts;
using Dispatch.Contracts.Api;
using Dispatch.Contracts.Policies;

namespace Dispatch.Cluster.Tests.Harness;

/// <summary>
/// A project of a fault's own with one batch, beside that of the shift, for people who work otherwise than a shift's. What they do belongs into the shift's journal, and the checker
/// judges it with the rest.
/// </summary>
public sealed class SideWork
{
    private SideWork(Shift shift, Guid project, Guid batch) => (Shift, Project, Batch) = (shift, project, batch);

    public Shift Shift { get; }

    public Guid Project { get; }

    public Guid Batch { get; }

    /// <summary>Makes project and batch; nothing is handed out before <see cref="OpenAsync"/>.</summary>
    /// <param name="shift">The shift that goes on meanwhile.</param>
    /// <param name="prompts">One task each, in this order.</param>
    /// <param name="lease">Shorter than the API admits too, so that many run out in a short test.</param>
    /// <param name="policy">How work is handed out.</param>
    public static async Task<SideWork> CreateAsync(Shift shift, IEnumerable<string> prompts, TimeSpan lease, DispatchPolicy policy)
    {
        var api = shift.Cluster.Api;
        var project = await api.CreateProjectAsync(new CreateProjectRequest
        {
            Name = $"beside {Guid.NewGuid():N}",
            Form = new FormSpec { Type = "preference", Binding = new JsonText("""{"id":"id","prompt":"p","responses":["a","b"]}""") },
            Dispatch = policy,
        });

        // Before anybody has read the project: no server knows another lease.
        await shift.Cluster.ScalarAsync("UPDATE project SET lease = $1 WHERE project_id = $2", lease, project);
        var batch = await api.CreateBatchAsync(project, new CreateBatchRequest { Name = "batch" });
        var lines = string.Concat(prompts.Select((prompt, i) => $$"""{"id":"{{i}}","p":"{{prompt}}","a":"x","b":"y"}""" + "\n"));
        await api.ImportAsync(batch, new MemoryStream(Encoding.UTF8.GetBytes(lines)));
        return new SideWork(shift, project, batch);
    }

    public Task OpenAsync() => Shift.Cluster.Api.ChangeBatchAsync(Batch, "open");

    public async Task<SidePerson> ConnectAsync(string name)
    {
        var token = await Shift.Cluster.Api.GetDevTokenAsync(new DevTokenRequest { Name = name, ProjectIds = [Project] });
        return await SidePerson.ConnectAsync(Shift, token);
    }

    /// <summary>A count in the database, of which the batch is the only parameter.</summary>
    public async Task<int> CountAsync(string sql) => Convert.ToInt32(await Shift.Cluster.ScalarAsync(sql, Batch), System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>So many people, connected a few at a time.</summary>
    public async Task<IReadOnlyList<SidePerson>> ConnectManyAsync(int count)
    {
        var people = new SidePerson[count];
        await Parallel.ForEachAsync(Enumerable.Range(0, count), new ParallelOptions { MaxDegreeOfParallelism = 16 }, async (i, _) => people[i] = await ConnectAsync($"{Project:N} {i}"));
        return people;
    }
}
