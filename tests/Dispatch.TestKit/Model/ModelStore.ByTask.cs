using System.Runtime.CompilerServices;
using Dispatch.Storage;

namespace Dispatch.TestKit.Model;

/// <content>Answers by task.</content>
public sealed partial class ModelStore
{
    public async IAsyncEnumerable<JudgmentRow> ExportCountedByTaskAsync(Guid batchId, [EnumeratorCancellation] CancellationToken cancellation)
    {
        await Task.CompletedTask;
        foreach (var answer in _batches[batchId].AnswerRows.Where(answer => answer.Counted).OrderBy(answer => answer.Assignment.Task.TaskId)) yield return Row(answer);
    }
}
