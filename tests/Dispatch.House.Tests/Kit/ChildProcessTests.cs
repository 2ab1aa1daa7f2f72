using Dispatch.TestKit;

namespace Dispatch.House.Tests.Kit;

public class ChildProcessTests
{
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task A_line_is_found_whether_it_was_written_before_or_after_the_wait()
    {
        await using var process = Shell("echo one; echo two >&2; exec sleep 60");
        (await process.WaitForLineAsync(line => line == "one", Long)).ShouldBe("one");
        (await process.WaitForLineAsync(line => line == "two", Long)).ShouldBe("two");
        (await process.WaitForLineAsync(line => line == "one", Long)).ShouldBe("one");
    }

    [Fact]
    public async Task A_line_that_never_comes_fails_with_the_last_lines()
    {
        await using var running = Shell("echo here; exec sleep 60");
        await running.WaitForLineAsync(line => line == "here", Long);
        var late = await Should.ThrowAsync<TimeoutException>(() => running.WaitForLineAsync(line => line == "there", TimeSpan.FromMilliseconds(50)));
        late.Message.ShouldContain("here");

        await using var ended = Shell("echo last words; exit 3");
        var gone = await Should.ThrowAsync<InvalidOperationException>(() => ended.WaitForLineAsync(line => line == "there", Long));
        gone.Message.ShouldContain("last words");
    }

    [Fact]
    public async Task Output_is_kept_in_a_bounded_buffer()
    {
        await using var process = Shell("seq 1 5000; echo done");
        await process.WaitForLineAsync(line => line == "done", Long);
        process.LastLines.Count.ShouldBeLessThanOrEqualTo(2_000);
    }

    [Fact]
    public async Task Terminating_lets_it_finish_and_killing_does_not()
    {
        const string Polite = "trap 'echo bye; exit 7' TERM; echo ready; while :; do sleep 0.05; done";
        await using var terminated = Shell(Polite);
        await terminated.WaitForLineAsync(line => line == "ready", Long);
        (await terminated.TerminateAsync(Long)).ShouldBe(7);
        terminated.LastLines.ShouldContain("bye");

        await using var killed = Shell(Polite);
        await killed.WaitForLineAsync(line => line == "ready", Long);
        await killed.KillAsync();
        killed.HasExited.ShouldBeTrue();
        killed.LastLines.ShouldNotContain("bye");
    }

    private static ChildProcess Shell(string script) => ChildProcess.Start("bash", ["-c", script]);
}
