import pytest
import torch

from server.copies import CudaCopies, HostCopies, copies_for


def test_on_the_host_pictures_are_there_at_once() -> None:
    copies = copies_for(torch.device("cpu"))
    assert isinstance(copies, HostCopies)
    assert not copies.aside
    pictures = [torch.full((2, 3), number, dtype=torch.uint8) for number in (4, 5)]
    arrays = copies.begin(pictures)()
    assert [array.tolist() for array in arrays] == [picture.tolist() for picture in pictures]


@pytest.mark.skipif(not torch.cuda.is_available(), reason="There is no GPU here.")
def test_a_gpus_pictures_come_while_it_draws_others() -> None:
    device = torch.device("cuda")
    copies = copies_for(device)
    assert isinstance(copies, CudaCopies)
    waits = []
    for number in range(20):
        drawn = torch.full((8, 512, 512, 4), number, dtype=torch.uint8, device=device)
        waits.append(copies.begin([drawn, drawn[0]]))
        del drawn
    for number, wait in enumerate(waits):
        batch, one = wait()
        assert (batch == number).all()
        assert one.shape == (512, 512, 4)
